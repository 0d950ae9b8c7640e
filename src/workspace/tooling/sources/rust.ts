import { linesOf, NOTHING, note, pin, type Said } from "../pin.ts";
import { at, parseToml } from "../toml.ts";

/** `rust-toolchain.toml`, and `rust-toolchain`, which is either the same or one line with a channel. */
export function rustToolchain(text: string): Said {
  const lines = linesOf(text);
  const [only] = lines;
  if (only === undefined) return NOTHING;
  if (lines.length === 1 && /^[\w.-]+$/.test(only)) return channel(only);
  const table = parseToml(text);
  if (table === null) return note("it is neither a channel nor TOML");
  if (at(table, "toolchain", "path") !== undefined)
    return note("its toolchain is a directory of somebody's machine");
  const word = at(table, "toolchain", "channel");
  if (word === undefined) return NOTHING;
  return typeof word === "string" ? channel(word) : note("its channel is no text");
}

/** `nightly-2024-01-01-x86_64-unknown-linux-gnu`: the host is the guest's own. */
function channel(word: string): Said {
  return pin("rust", word.replace(/-(?:x86_64|aarch64|i686|arm\w*|riscv\w*)-.*$/, ""));
}
