/** Whether what is listed is of a link that is still there, and of the one that is asked for, if one is. */
export function isOf(link: string | undefined, listed: string | null): boolean {
  return listed !== null && (link === undefined || listed === link);
}
