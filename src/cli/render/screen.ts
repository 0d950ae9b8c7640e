import type { TextOutput } from "../context.ts";

/** A text that is shown again and again: in place on a terminal, one block after another elsewhere. */
export interface Screen {
  show(text: string): Promise<void>;
}

export interface ScreenOutput extends TextOutput {
  readonly rows?: number | undefined;
}

/**
 * Nothing but the cursor is moved: no mode of the terminal is changed, so a program that is killed leaves it intact. Lines are clipped to
 * the window, for one that wraps could not be drawn over.
 */
export function screenFor(output: ScreenOutput, write: (text: string) => Promise<void>): Screen {
  return output.isTTY === true ? terminalScreen(output, write) : blockScreen(write);
}

function terminalScreen(output: ScreenOutput, write: (text: string) => Promise<void>): Screen {
  let drawn = 0;
  return {
    async show(text) {
      const lines = text
        .trimEnd()
        .split("\n")
        .slice(0, Math.max(1, (output.rows ?? 24) - 1));
      const shown = lines.map(
        (line) => `${[...line].slice(0, (output.columns ?? 80) - 1).join("")}\u001b[K\n`,
      );
      // Up to where the last one began; what was longer than this one is wiped.
      const up = drawn === 0 ? "\r" : `\u001b[${drawn}F`;
      drawn = shown.length;
      await write(`${up}${shown.join("")}\u001b[J`);
    },
  };
}

function blockScreen(write: (text: string) => Promise<void>): Screen {
  let first = true;
  return {
    async show(text) {
      await write(first ? text : `\n${text}`);
      first = false;
    },
  };
}
