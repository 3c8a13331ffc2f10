#!/usr/bin/env python3
"""Draws a flame graph from what `perf script` tells: each box is a function, as wide as its share of all samples, above
the one that called it.

    perf record -F 99 --call-graph dwarf,16384 einklang unify ... && perf script --no-inline -F comm,tid,ip,sym | flamegraph.py --title ... > flame.svg

Frames of the thread pool and of the standard library that only pass calls on are left out, and so is what is narrower
than one pixel. No scripts: a box tells its name and share when pointed at.
"""
import argparse
import html
import re
import sys

WIDTH, ROW, TOP, LEFT = 1200, 16, 40, 8
# Who only hands work on says nothing about the work.
PASSING = re.compile(r"^(rayon|rayon_core|crossbeam)|^<?(core|std|alloc)::|^_?_?(libc|clone|start_thread|rust_)|catch_unwind|call_once|lang_start"
                     r"|^<(rayon|core|alloc|std)|^main$|^_start$|::\{\{vtable\.shim\}\}|^<?F as |^\[unknown\]$|as (rayon|core::ops::function)")

SYSTEM = "the system"


def short(symbol):
    """A name without hash, crate and type arguments."""
    name = re.sub(r"::h[0-9a-f]{16}$", "", symbol)
    name = re.sub(r"\+0x[0-9a-f]+$", "", name)
    depth, kept = 0, []
    for at, char in enumerate(name):
        if char == "<" and at:
            depth += 1
        if not depth:
            kept.append(char)
        if char == ">" and depth and name[at - 1] != "-":
            depth -= 1
    name = "".join(kept).replace("einklang::", "").replace("::{{closure}}", "").replace("{{closure}}", "")
    # `<Type as Trait>::function`
    return re.sub(r"^<(.*?)(?: as .*)?>::", r"\1::", name)


def stacks(lines):
    """Per sample, its functions, the caller first."""
    stack = []
    for line in lines:
        line = line.rstrip()
        if not line:
            if stack:
                yield list(reversed(stack))
            stack = []
        elif line[0] in " \t":
            address, _, symbol = line.strip().partition(" ")
            # Addresses of the kernel begin so; what it does there is not ours.
            is_kernel = address.startswith("ffffffff") and address != "f" * 16
            stack.append(SYSTEM if is_kernel else symbol or "[unknown]")
    if stack:
        yield list(reversed(stack))


class Box:
    def __init__(self):
        self.samples, self.callees = 0, {}

    def add(self, names):
        self.samples += 1
        if names:
            self.callees.setdefault(names[0], Box()).add(names[1:])

    def depth(self, least):
        return 1 + max((box.depth(least) for box in self.callees.values() if box.samples >= least), default=0)


def colour(name):
    """Warm, and the same for one name in any graph."""
    number = sum((at + 1) * ord(char) for at, char in enumerate(name.split("::")[0]))
    return f"hsl({10 + number % 45},{65 + number % 20}%,{62 + number % 12}%)"


def draw(box, name, left, row, height, scale, total, out):
    width = box.samples * scale
    y = height - (row + 1) * ROW - 24
    label = name if len(name) * 6.6 < width - 4 else name.split("::")[-1]
    label = label if len(label) * 6.6 < width - 4 else label[: max(int((width - 10) / 6.6), 0)]
    text = f'<text x="{left + 3:.1f}" y="{y + 11.5:.1f}">{html.escape(label)}</text>' if len(label) > 2 else ""
    out.append(f'<g><title>{html.escape(name)}: {box.samples / total:.1%}</title><rect x="{left:.1f}" y="{y}" width="{max(width - 0.4, 0.6):.1f}" '
               f'height="{ROW - 1}" fill="{colour(name)}"/>{text}</g>')
    for callee, inner in sorted(box.callees.items()):
        if inner.samples * scale >= 1:
            draw(inner, callee, left, row + 1, height, scale, total, out)
        left += inner.samples * scale


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--title", default="")
    arguments = parser.parse_args()
    root = Box()
    for stack in stacks(sys.stdin):
        names = []
        for symbol in stack:
            name = short(symbol)
            if name and not PASSING.search(symbol) and (not names or names[-1] != name):
                names.append(name)
        # What only the kernel called, such as a thread that ends, is nobody's work.
        while SYSTEM in names[:-1]:
            names.remove(SYSTEM)
        root.add(names)
    if not root.samples:
        sys.exit("flamegraph: no samples were read")
    scale = (WIDTH - 2 * LEFT) / root.samples
    height = (root.depth(1 / scale) + 1) * ROW + TOP + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text x="{LEFT}" y="22" font-size="15">{html.escape(arguments.title)}</text>']
    draw(root, "all", LEFT, 0, height, scale, root.samples, out)
    print("\n".join([*out, "</svg>"]))


if __name__ == "__main__":
    main()
