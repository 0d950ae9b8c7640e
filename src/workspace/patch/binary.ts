/** One block of a binary patch, zlib's data in base 85: a letter for the length of a line in bytes, five characters for four of them. */
const HEAD = /^(literal|delta) \d{1,12}$/;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DATA = /^[0-9A-Za-z!#$%&()*+\-;<=>?@^_`{|}~]+$/;

/** The lines after `GIT binary patch`: a block that makes the new file of the old, and one for the way back. */
export class BinaryBlocks {
  #blocks = 0;
  #inBlock = false;
  #lines = 0;

  get done(): boolean {
    return this.#blocks === 2;
  }

  /** False for a line that cannot be there. */
  line(text: string): boolean {
    if (!this.#inBlock) {
      this.#inBlock = HEAD.test(text);
      this.#lines = 0;
      return this.#inBlock;
    }
    if (text === "") {
      this.#inBlock = false;
      this.#blocks += 1;
      return this.#lines > 0;
    }
    this.#lines += 1;
    const length = LETTERS.indexOf(text.charAt(0)) + 1;
    return length > 0 && text.length === 1 + 5 * Math.ceil(length / 4) && DATA.test(text.slice(1));
  }
}
