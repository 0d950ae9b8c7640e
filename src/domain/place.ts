/** What of the host is one VM's for its life: names of its kernel objects derive from the slot (ADR 3). */
export interface Place {
  readonly slot: number;
  readonly address: string;
}
