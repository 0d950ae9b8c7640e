import { BangerError, errorCode } from "../shared/errors.ts";

/** Runs one write; a full disk becomes ERR_NO_SPACE. SQLite has rolled the transaction back then. */
export function writing<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (errorCode(cause) !== "SQLITE_FULL") throw cause;
    throw new BangerError("ERR_NO_SPACE", `no space is left to write ${file}`, {
      next: "free some space on that filesystem and try again",
      cause,
    });
  }
}
