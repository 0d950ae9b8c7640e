/** native/src/clone. */
export interface CloneAddon {
  reflinkFile(source: string, target: string): Promise<bigint>;
  copySparse(source: string, target: string): Promise<bigint>;
}
