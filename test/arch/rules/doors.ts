import { calls, type Import, type Module, parseModule, walk } from "../support/module.ts";
import { type FileMap, matching } from "../support/tree.ts";

const SOURCES = /^src\/.*\.ts$/;

function violations(files: FileMap, allowed: RegExp, find: (module: Module) => string[]): string[] {
  return matching(files, SOURCES)
    .filter(([name]) => !allowed.test(name))
    .flatMap(([name, text]) => find(parseModule(name, text)).map((what) => `${name}: ${what}`));
}

function importsOf(module: Module, pattern: RegExp): Import[] {
  return module.imports.filter(({ target, typeOnly }) => pattern.test(target) && !typeOnly);
}

/**
 * Processes are started by HostOps. Others, each with its reason: the tools that assemble images; the start of the daemon; VMMs that are
 * asked for their version; git, asked for the user's name; OpenSSH's client, which wants the user's terminal and agent.
 */
export function processStarts(files: FileMap): string[] {
  return violations(
    files,
    /^src\/(images\/tool|cli\/daemon-process|cli\/ssh\/openssh|daemon\/git-identity|daemon\/doctor\/program-version|workspace\/git)\.ts$/,
    (module) =>
      importsOf(module, /^(node:)?(child_process|cluster)$/).map(({ target }) => `imports ${target}`),
  );
}

/** SQL and its driver live in `state`. */
export function sqlOutsideState(files: FileMap): string[] {
  return violations(files, /^src\/state\//, (module) => {
    const found = module.imports
      .filter(({ target }) => /^(better-sqlite3|node:sqlite)$/.test(target))
      .map(({ target }) => `imports ${target}`);
    walk(module.body, (node) => {
      const text = node.type === "TemplateElement" ? (node.value as { raw: string }).raw : node.value;
      if (typeof text !== "string" || !/^(Literal|TemplateElement)$/.test(node.type)) return;
      if (STATEMENT.test(text)) found.push(`SQL: ${text.trim().slice(0, 40)}`);
    });
    return found;
  });
}

const STATEMENT =
  /^\s*(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX|UNIQUE)|ALTER\s+TABLE|PRAGMA|BEGIN\s+(IMMEDIATE|EXCLUSIVE))\b/s;

/** Native code is loaded in one room: nobody else makes a `require`, opens a library or names an addon's file. */
export function addonOutsideHost(files: FileMap): string[] {
  return violations(files, /^src\/host\/linux\//, (module) => {
    const found = importsOf(module, /^(node:)?module$|^node-addon-api$|\.node$/).map(
      ({ target }) => `imports ${target}`,
    );
    for (const { callee } of calls(module)) {
      if (callee === "require" || callee === "process.dlopen") found.push(`calls ${callee}`);
    }
    walk(module.body, (node) => {
      if (node.type === "Literal" && typeof node.value === "string" && /\w\.node$/.test(node.value)) {
        found.push(`names ${node.value}`);
      }
    });
    return found;
  });
}

const FS = /^(node:)?fs(\/promises)?$/;
const OWNERSHIP = /^[lf]?chown(Sync)?$/;
const IDENTITY = /^process\.(set(e?[ug]id|groups)|initgroups|chroot)$/;

/**
 * What only root may do is a HostOps call (DMN-5): ownership and identity here, mounts and nodes have no call in Node at all.
 * `….file.chown` is HostOps's own. Modes are not on the list: anyone may set those of his own files.
 */
export function rootOutsideHost(files: FileMap): string[] {
  return violations(files, /^src\/host\//, (module) => {
    const imported = importsOf(module, FS)
      .flatMap(({ names }) => [...names.values()])
      .filter((name) => OWNERSHIP.test(name))
      .map((name) => `imports ${name}`);
    const called = calls(module).filter(({ callee }) => {
      const parts = callee.split(".");
      const method = parts.at(-1) ?? "";
      return IDENTITY.test(callee) || (parts.length > 1 && OWNERSHIP.test(method) && parts.at(-2) !== "file");
    });
    return [...imported, ...called.map(({ callee }) => `calls ${callee}`)];
  });
}

/** C++ below `napi/` knows nothing of Node, so that it is tested without it. */
export function nodeBelowNapi(files: FileMap): string[] {
  return matching(files, /^native\/src\/.*\.(cc|h)$/)
    .filter(([name]) => !/^native\/src\/(napi\/|addon\.cc)/.test(name))
    .filter(([, text]) => /^\s*#\s*include\s*[<"](napi|node_api|js_native_api|uv|v8|node)\.h[>"]/m.test(text))
    .map(([name]) => `${name} includes Node's headers`);
}
