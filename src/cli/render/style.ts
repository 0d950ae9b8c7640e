/** Colours of one output; all identity where there are none (CLI-1). */
export interface Style {
  readonly enabled: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** Colours only on a terminal that can, and never with NO_COLOR (https://no-color.org). */
export function wantsColour(
  isTty: boolean | undefined,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTty === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

export function styleFor(enabled: boolean): Style {
  const sgr = (on: number, off: number) => (text: string) =>
    enabled ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    enabled,
    bold: sgr(1, 22),
    dim: sgr(2, 22),
    red: sgr(31, 39),
    green: sgr(32, 39),
    yellow: sgr(33, 39),
  };
}
