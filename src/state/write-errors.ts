import { explainFullFile } from "../shared/space.ts";

/** Runs one write; a full disk becomes ERR_NO_SPACE. SQLite has rolled the transaction back then. */
export function writing<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw explainFullFile(cause, file);
  }
}
