/** Remembers names of links that belong to no VM, before they are made (ST-5). */
export interface LinkIntents {
  addLinks(names: readonly string[]): Promise<void>;
  removeLinks(names: readonly string[]): Promise<void>;
  read(): Promise<{ readonly links: readonly string[] }>;
}
