import { BangerError } from "./errors.ts";

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A VM's name is a DNS label (VM-2), lower case, and never mistaken for a full id. Throws ERR_BAD_NAME. */
export function checkName(name: string): void {
  if (LABEL.test(name) && !/^[0-9a-f]{32}$/.test(name)) return;
  throw new BangerError("ERR_BAD_NAME", `"${name}" cannot be the name of a VM`, {
    next: "use 1 to 63 lower-case letters, digits and dashes, with no dash at either end, such as `--name web-1`",
  });
}
