// Shows warnings: by Node's process, or on the console of a page.

const process = (globalThis as { process?: { emitWarning?(message: string): void } }).process

export function warn(message: string): void {
  const { warn: say } = console
  if (process?.emitWarning) process.emitWarning(message)
  else say(message)
}
