// The error of files of PyTorch that are refused.

/**
 * A file that is no state dict or checkpoint as `torch.save` writes it, or is damaged.
 * `readTorch(new Uint8Array(3)) // TorchFileError: readTorch: expected a zip archive…`
 */
export class TorchFileError extends Error {
  override name = 'TorchFileError'
}

/** The remedy for whatever is in a file besides tensors and plain values. */
export const SAVE_STATE = 'save its numbers alone: torch.save(model.state_dict(), path)'

/** The remedy for what cannot come from torch.save. */
export const DAMAGED = 'the file is damaged or cut off'

export function refuse(message: string): never {
  throw new TorchFileError(`readTorch: ${message}`)
}

export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse(`expected text in UTF-8, got other bytes: ${DAMAGED}`)
  }
}
