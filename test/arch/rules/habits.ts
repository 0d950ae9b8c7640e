import { calls, dotted, type Node, parseModule, walk } from "../support/module.ts";
import { type FileMap, matching } from "../support/tree.ts";

const MAXIMUM_LINES = 200;
/** `Over 200 lines: <why>` anywhere in the file. */
const REASON = /Over 200 lines: \S+/;

/** Long files that do not say why (STYLE rule 12 of the project). */
export function longFiles(files: FileMap): string[] {
  return matching(files, /^(src|agent|native|scripts|test)\/.*\.(ts|cc|cpp|h|sh)$|^scripts\/[\w-]+$/)
    .filter(([, text]) => text.trimEnd().split("\n").length > MAXIMUM_LINES && !REASON.test(text))
    .map(([name, text]) => `${name} has ${text.trimEnd().split("\n").length} lines`);
}

/** Tests that are left out, or leave others out. A test may end itself with a reason, at run time: `context.skip("why")`. */
export function leftOutTests(files: FileMap): string[] {
  return matching(files, /^test\/.*\.ts$/).flatMap(([name, text]) => {
    const found: string[] = [];
    const module = parseModule(name, text);
    walk(module.body, (node) => {
      if (node.type !== "MemberExpression") return;
      const chain = dotted(node);
      if (/^(it|test|describe|suite|bench)\b.*\.(only|skip|todo|skipIf|runIf|fails)$/.test(chain))
        found.push(`${name}: ${chain}`);
    });
    for (const { callee, node } of calls(module)) {
      const [reason] = node.arguments as Node[];
      if (/\w\.skip$/.test(callee) && !/^(it|test|describe)\b/.test(callee) && reason === undefined) {
        found.push(`${name}: ${callee}() without a reason`);
      }
    }
    return found;
  });
}

/** Variables of a module that can change, and default exports. */
export function moduleState(files: FileMap): string[] {
  return matching(files, /^src\/.*\.ts$/).flatMap(([name, text]) =>
    parseModule(name, text)
      .body.filter(
        (node) =>
          node.type === "ExportDefaultDeclaration" ||
          ([node, node.declaration] as (Node | undefined)[]).some(
            (each) => each?.type === "VariableDeclaration" && each.kind !== "const",
          ),
      )
      .map(
        (node) =>
          `${name}: ${node.type === "ExportDefaultDeclaration" ? "default export" : "let in a module"}`,
      ),
  );
}

const HOSTS = [
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["pypi", "org"],
  ["deb", "debian", "org"],
  ["snapshot", "debian", "org"],
  ["ftp", "debian", "org"],
  ["security", "debian", "org"],
  ["docker", "io/"], // without the slash it is Debian's name of the package
  ["ghcr", "io"],
  ["quay", "io"],
].map((parts) => parts.join("."));

/** Directories that only a developer's machine has: his home, his work area. `/home/user` and the like are examples. */
const DEVELOPER =
  /(?<![\w./$}*-])\/(?:home\/(?!user\b|me\b|alice\b|dev\b)[a-z]|Users\/|work\/|farm\/|tmp\/(?:w|bash_jobs)\/)[\w./-]*/g;

/** Places that mean something on one machine or one network only: a developer's directories, a registry's host. */
export function places(files: FileMap, checkout: string): string[] {
  return [...files].flatMap(([name, text]) => [
    ...[...text.matchAll(DEVELOPER)].map(([place]) => `${name}: ${place}`),
    ...(checkout.length > 5 && text.includes(checkout) ? [`${name}: ${checkout}`] : []),
    ...HOSTS.filter((host) => new RegExp(`(?<![\\w-])${host.replaceAll(".", "\\.")}\\b`).test(text)).map(
      (host) => `${name}: ${host}`,
    ),
    ...(/package-lock\.json$/.test(name) && /"resolved": "https?:/.test(text)
      ? [`${name}: resolved addresses`]
      : []),
  ]);
}
