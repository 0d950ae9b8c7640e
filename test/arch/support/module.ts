import path from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A node of the ESTree that rolldown's parser (oxc) makes, as far as the rules look into it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [property: string]: unknown;
}

export interface Import {
  /** The module's path from the project's top for a relative import, else the package as written. */
  readonly target: string;
  readonly relative: boolean;
  /** Erased before it runs. */
  readonly typeOnly: boolean;
  /** The local names, by what they stand for: `*` for the namespace, `default`, or the export's name. */
  readonly names: ReadonlyMap<string, string>;
}

export interface Module {
  readonly name: string;
  readonly body: readonly Node[];
  readonly imports: readonly Import[];
}

/** Parses a TypeScript file; `import`, `export … from` and `import("…")` all count as imports. */
export function parseModule(name: string, text: string): Module {
  const program = parseAst(text, { lang: "ts" }) as unknown as { body: Node[] };
  return { name, body: program.body, imports: importsOf(name, program.body) };
}

function importsOf(name: string, body: readonly Node[]): Import[] {
  const imports: Import[] = [];
  walk(body, (node) => {
    if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration)$/.test(node.type)) return;
    const source = node.source as Node | null;
    if (source === null || typeof source.value !== "string") return;
    const typeOnly = node.importKind === "type" || node.exportKind === "type";
    const relative = source.value.startsWith(".");
    const target = relative ? path.posix.join(path.posix.dirname(name), source.value) : source.value;
    imports.push({ target, relative, typeOnly, names: localNames(node) });
  });
  return imports;
}

function localNames(node: Node): Map<string, string> {
  const names = new Map<string, string>();
  for (const specifier of (node.specifiers as Node[] | undefined) ?? []) {
    const local = specifier.local as { name?: string } | undefined;
    const imported = specifier.imported as { name?: string } | undefined;
    const what = { ImportNamespaceSpecifier: "*", ImportDefaultSpecifier: "default" }[specifier.type];
    if (local?.name !== undefined) names.set(local.name, what ?? imported?.name ?? "");
  }
  return names;
}

/** Calls `visit` for every node below, parents first. */
export function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) walk(each, visit);
  } else if (typeof value === "object" && value !== null) {
    if ("type" in value && typeof value.type === "string") visit(value as Node);
    for (const each of Object.values(value)) if (typeof each === "object") walk(each, visit);
  }
}

/** `a.b.c` of a chain of plain member accesses, with `?` for what is not a name. */
export function dotted(node: unknown): string {
  const { type, name, object, property, computed } = node as Record<string, unknown>;
  if (type === "Identifier") return name as string;
  if (type === "ThisExpression") return "this";
  if (type === "PrivateIdentifier") return `#${name as string}`;
  if (type === "MemberExpression" && computed === false) return `${dotted(object)}.${dotted(property)}`;
  return "?";
}

/** Every call of the module, with the callee's dotted name. */
export function calls(module: Module): { callee: string; node: Node }[] {
  const found: { callee: string; node: Node }[] = [];
  walk(module.body, (node) => {
    if (node.type === "CallExpression") found.push({ callee: dotted(node.callee), node });
  });
  return found;
}
