// What may stand at a place of a rule file, by its JSON schema.

export interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  type?: string | string[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: Schema | boolean;
}

export interface Offer {
  label: string;
  type: string;
  info?: string;
  apply?: string;
}

/** The keys, values or sections that may stand on the line, after `before` on it. */
export function keysAt(root: Schema, above: string, before: string): Offer[] {
  if (/^\s*\[/.test(before)) return sections(root);
  const header = [...above.matchAll(/^\s*\[\[?([^\]]+)\]\]?\s*(?:#.*)?$/gm)].pop()?.[1];
  const path = header ? header.split('.').map((part) => part.trim().replace(/^"|"$/g, '')) : [];
  const here = path.reduce<Schema | undefined>((schema, part) => (schema ? child(root, schema, part) : undefined), root);
  if (!here) return [];
  const value = /^\s*([\w-]+)\s*=/.exec(before);
  if (value) {
    const schema = child(root, here, value[1] ?? '');
    return schema ? values(root, schema) : [];
  }
  return Object.entries(resolved(root, here).properties ?? {}).map(([label, schema]) => offer(label, schema, 'property', `${label} = `));
}

function sections(root: Schema): Offer[] {
  return Object.entries(resolved(root, root).properties ?? {}).map(([label, schema]) => offer(label, schema, 'namespace'));
}

function offer(label: string, schema: Schema, type: string, apply?: string): Offer {
  const made: Offer = { label, type };
  if (schema.description) made.info = schema.description;
  if (apply) made.apply = apply;
  return made;
}

function resolved(root: Schema, schema: Schema): Schema {
  let here = schema;
  for (let depth = 0; depth < 8; depth++) {
    if (here.$ref) {
      const name = here.$ref.split('/').pop() ?? '';
      const next = root.$defs?.[name];
      if (!next) return here;
      here = next;
    } else if (!here.properties && (here.anyOf ?? here.oneOf ?? here.allOf)) {
      const options = here.anyOf ?? here.oneOf ?? here.allOf ?? [];
      const next = options.find((option) => option.$ref ?? option.properties ?? option.items);
      if (!next) return here;
      here = next;
    } else return here;
  }
  return here;
}

function child(root: Schema, schema: Schema, name: string): Schema | undefined {
  let here = resolved(root, schema);
  if (here.items) here = resolved(root, here.items);
  const found = here.properties?.[name];
  if (!found) return typeof here.additionalProperties === 'object' ? here.additionalProperties : undefined;
  const next = resolved(root, found);
  return next.items ? resolved(root, next.items) : next;
}

function values(root: Schema, schema: Schema): Offer[] {
  const here = resolved(root, schema);
  const options = here.enum ?? (here.oneOf ?? here.anyOf ?? []).map((option) => option.const ?? option.enum?.[0]);
  const found = options
    .filter((option): option is string => typeof option === 'string')
    .map((option) => ({ label: option, type: 'enum', apply: `"${option}"` }));
  const type = ([] as string[]).concat(here.type ?? []);
  if (type.includes('boolean')) found.push(...['true', 'false'].map((label) => ({ label, type: 'keyword', apply: label })));
  return found;
}
