import type { Command, OptionSpec } from "./command.ts";
import { shownCommands } from "./commands/index.ts";
import type { ResolvedDefaults } from "./defaults.ts";
import { GLOBAL_OPTIONS } from "./parse.ts";
import type { Style } from "./render/style.ts";

/** `banger --help`, or `banger <group> --help`. */
export async function renderOverview(group: string | null, style: Style): Promise<string> {
  const entries = shownCommands().filter(({ paths }) => group === null || paths[0]?.startsWith(`${group} `));
  const commands = await Promise.all(entries.map(({ load }) => load()));
  const rows = commands.map(({ path, summary }) => [path, summary] as const);
  const head =
    group === null
      ? "banger: throw-away Linux machines, each with its own kernel, by one command\n"
      : `banger ${group}: commands for ${group === "vm" ? "VMs" : group === "daemon" ? "the daemon" : `${group}s`}\n`;
  const usage = group === null ? "banger <command> [options]" : `banger ${group} <command> [options]`;
  const examples = [
    ["banger vm run", "a fresh VM, and a shell in it"],
    ["banger vm run --rm -- uname -a", "one command in a VM that is deleted afterwards"],
    ["banger ps", "the VMs that run"],
  ] as const;
  return [
    head,
    section("Usage", [`  ${usage}\n`], style),
    section("Commands", columns(rows), style),
    ...(group === null ? [section("Examples", columns(examples), style)] : []),
    `\`banger <command> --help\` tells about one of them.\n`,
  ].join("\n");
}

export function renderCommandHelp(
  command: Command,
  paths: readonly string[],
  resolved: ResolvedDefaults | null,
  style: Style,
): string {
  const aliases = paths.filter((path) => path !== command.path);
  const shown = [...command.options, ...GLOBAL_OPTIONS];
  const sections = [
    `${command.summary}.\n`,
    section("Usage", [`  ${usageOf(command)}\n`], style),
    command.description.map((text) => wrap(text, 96)).join("\n"),
    section("Options", columns(shown.map((option) => optionRow(option, resolved))), style),
  ];
  if (command.examples.length > 0) sections.push(section("Examples", columns(command.examples), style));
  if (aliases.length > 0) sections.push(`Also: ${aliases.map((path) => `banger ${path}`).join(", ")}\n`);
  return sections.join("\n");
}

function usageOf(command: Command): string {
  const { usage } = command.positionals;
  const tail = {
    "after-dashes": "[-- command [argument]…]",
    "after-first": "[--] command [argument]…",
    none: "",
  }[command.guestCommand ?? "none"];
  return ["banger", command.path, "[options]", usage, command.guestUsage ?? tail]
    .filter((part) => part !== "")
    .join(" ");
}

function optionRow(option: OptionSpec, resolved: ResolvedDefaults | null): readonly [string, string] {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  const value = option.kind === "flag" ? "" : ` ${option.placeholder ?? "VALUE"}`;
  const fallback = option.resolved === undefined ? option.default : resolved?.[option.resolved];
  const suffix = fallback === undefined ? "" : ` [default: ${fallback}]`;
  return [`${short}--${option.name}${value}`, `${option.describe}${suffix}`];
}

function section(title: string, lines: readonly string[], style: Style): string {
  return `${style.bold(`${title}:`)}\n${lines.join("")}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const widest = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(widest)}  ${right}`.trimEnd().concat("\n"));
}

function wrap(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return `${lines.join("\n")}\n`;
}
