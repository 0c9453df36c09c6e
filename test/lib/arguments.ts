/** Arguments of the scripts that `npm run` starts. */
import { type ParseArgsConfig, parseArgs } from "node:util";

/** `--help` prints the usage; what cannot be understood does so too, with exit code 2. */
export function readArguments<O extends NonNullable<ParseArgsConfig["options"]>>(options: O, usage: string) {
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return refuseArguments(error instanceof Error ? error.message : String(error), usage);
  }
}

export function refuseArguments(why: string, usage: string): never {
  console.error(`${why}\n${usage}`);
  process.exit(2);
}
