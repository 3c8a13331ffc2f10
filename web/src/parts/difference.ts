// Where two texts differ, to the character: the longest common subsequence,
// with runs too short to be told apart joined.

export interface Run {
  text: string;
  differs: boolean;
}

const LENGTH_MAX = 400;

/** Both texts cut into runs that the other has or has not. */
export function differences(a: string, b: string): [Run[], Run[]] {
  if (a === b) return [whole(a, false), whole(b, false)];
  const x = [...a];
  const y = [...b];
  if (x.length > LENGTH_MAX || y.length > LENGTH_MAX) return [whole(a, true), whole(b, true)];
  const width = y.length + 1;
  const common = new Uint16Array((x.length + 1) * width);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      const next = i * width + j;
      common[next] =
        x[i] === y[j]
          ? (common[next + width + 1] ?? 0) + 1
          : Math.max(common[next + width] ?? 0, common[next + 1] ?? 0);
    }
  }
  const inA = new Array<boolean>(x.length).fill(true);
  const inB = new Array<boolean>(y.length).fill(true);
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    if (x[i] === y[j]) {
      inA[i++] = false;
      inB[j++] = false;
    } else if ((common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)) i++;
    else j++;
  }
  // Values with next to nothing in common are marked whole: scattered letters
  // that happen to agree tell nothing.
  const shared = common[0] ?? 0;
  if (shared < 0.4 * Math.max(x.length, y.length)) return [whole(a, true), whole(b, true)];
  return [runs(x, inA), runs(y, inB)];
}

function whole(text: string, differs: boolean): Run[] {
  return text ? [{ text, differs }] : [];
}

function runs(letters: string[], marks: boolean[]): Run[] {
  const found: Run[] = [];
  letters.forEach((letter, at) => {
    const differs = marks[at] ?? false;
    const last = found[found.length - 1];
    if (last && last.differs === differs) last.text += letter;
    else found.push({ text: letter, differs });
  });
  return found;
}
