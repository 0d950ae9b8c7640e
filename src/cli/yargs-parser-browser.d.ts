/** The same parser without its file and locale parts, which neither start fast nor bundle to CommonJS. */
declare module "yargs-parser/browser" {
  import yargsParser from "yargs-parser";

  export default yargsParser;
}
