import path from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import { isClassDeclaration } from "typescript/unstable/ast/is";
import {
  API,
  type Checker,
  type Project,
  SignatureKind,
  SymbolFlags,
  type Type,
  type Symbol as TypeScriptSymbol,
} from "typescript/unstable/sync";

const VALUES = SymbolFlags.Variable | SymbolFlags.Function;

/**
 * What of the entry points has no comment: each export; of exported interfaces and classes each call, and of HostOps and its rooms each
 * member. And the calls that return a promise whose comment, or that of the interface or class they are part of, names no code that they
 * reject with (`ERR_…`), nor the call that they are like (`as {@link DmOps.status}`).
 */
export function undocumented(top: string, entryPoints: readonly string[]): string[] {
  const api = new API({ cwd: top });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [path.join(top, "tsconfig.json")] });
    const project = snapshot.getProject(path.join(top, "tsconfig.json"));
    if (project === undefined) throw new Error("the compiler does not open tsconfig.json");
    const found = new Set(entryPoints.flatMap((name) => ofModule(project, path.join(top, name))));
    return [...found].sort();
  } finally {
    api.close();
  }
}

function ofModule({ checker, program }: Project, file: string): string[] {
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`the compiler knows no module ${file}`);
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return ofExport(checker, symbol);
  });
}

function ofExport(checker: Checker, symbol: TypeScriptSymbol): string[] {
  const comment = checker.getDocumentationCommentOfSymbol(symbol);
  const missing = comment === "" ? [`${symbol.name} has no comment`] : [];
  if (symbol.flags & VALUES) {
    const type = checker.getTypeOfSymbol(symbol);
    if (type !== undefined && rejects(checker, type) && !namesCodes(comment))
      missing.push(`${symbol.name} names no code`);
  }
  if (symbol.flags & (SymbolFlags.Interface | SymbolFlags.Class)) {
    const asked = implementedMembers(checker, symbol);
    for (const member of symbol.getMembers().values()) {
      if (!asked.has(member.name)) missing.push(...ofMember(checker, symbol, member, comment));
    }
  }
  return missing;
}

function ofMember(
  checker: Checker,
  of: TypeScriptSymbol,
  member: TypeScriptSymbol,
  ofWhole: string,
): string[] {
  // Private ones, and those of well-known symbols.
  if (/^(#|__|constructor)/.test(member.name) || member.name.includes("@")) return [];
  const type = checker.getTypeOfSymbol(member);
  const isCall = type !== undefined && checker.getSignaturesOfType(type, SignatureKind.Call).length > 0;
  if (!isCall && !of.name.endsWith("Ops")) return [];
  const comment = checker.getDocumentationCommentOfSymbol(member);
  const name = `${of.name}.${member.name}`;
  if (comment === "") return [`${name} has no comment`];
  return isCall && rejects(checker, type) && !namesCodes(comment) && !namesCodes(ofWhole)
    ? [`${name} names no code`]
    : [];
}

/** Whether it is a call that returns a promise. */
function rejects(checker: Checker, type: Type): boolean {
  return checker.getSignaturesOfType(type, SignatureKind.Call).some((signature) => {
    const returned = checker.getReturnTypeOfSignature(signature);
    return returned !== undefined && /^(Promise|AsyncGenerator)</.test(checker.typeToString(returned));
  });
}

/** The compiler gives a link as its text alone. */
function namesCodes(comment: string): boolean {
  return /\bERR_[A-Z]+_|\b[Aa]s \w+\.\w+|\b[Dd]oes not reject\b/.test(comment);
}

/** What a class has of the interfaces that it implements: the comments are there. */
function implementedMembers(checker: Checker, symbol: TypeScriptSymbol): Set<string> {
  const declaration = symbol.valueDeclaration?.resolve();
  if (declaration === undefined || !isClassDeclaration(declaration)) return new Set();
  const types = (declaration.heritageClauses ?? [])
    .filter(({ token }) => token === SyntaxKind.ImplementsKeyword)
    .flatMap((clause) => clause.types.map((type) => checker.getTypeAtLocation(type)));
  return new Set(
    types.flatMap((type) =>
      type === undefined ? [] : checker.getPropertiesOfType(type).map(({ name }) => name),
    ),
  );
}
