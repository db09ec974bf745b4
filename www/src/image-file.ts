// The file that is being rendered here: on disk where the browser has a private file system, else as a Blob.

import type { FromFileWorker, ToFileWorker } from './file.worker.ts';

/** A file that grows at its end. */
export interface ImageFile {
  /** Takes bytes over and adds them; resolves when they are out of the way. */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The whole file. */
  finish(mediaType: string): Promise<Blob>;
  /** It is not wanted any more. */
  discard(): Promise<void>;
}

const PREFIX = 'mapshot-';

/** A file in the origin's private file system, written by a worker. While its page is open it holds a lock of the file's name. */
class DiskFile implements ImageFile {
  private readonly worker = new Worker(new URL('./file.worker.ts', import.meta.url), { type: 'module' });
  /** Who waits for an answer, in the order of the messages. */
  private readonly waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  private constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly name: string,
  ) {
    this.worker.addEventListener('message', ({ data }: MessageEvent<FromFileWorker>) => {
      const asked = this.waiting.shift();
      if (data.fault === undefined) asked?.resolve();
      else asked?.reject(new Error(`The image cannot be written: ${data.fault}.`));
    });
    this.worker.addEventListener('error', () => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error('The image cannot be written: the writer stopped.'));
    });
  }

  static async create(): Promise<DiskFile> {
    const folder = await navigator.storage.getDirectory();
    await removeLeftovers(folder);
    const file = new DiskFile(folder, PREFIX + crypto.getRandomValues(new Uint32Array(4)).join('-'));
    void navigator.locks.request(file.name, () => new Promise(() => undefined));
    try {
      await file.ask({ kind: 'open', name: file.name });
    } catch (error) {
      file.worker.terminate();
      throw error;
    }
    return file;
  }

  append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.ask({ kind: 'append', bytes }, [bytes.buffer]);
  }

  async finish(mediaType: string): Promise<Blob> {
    await this.ask({ kind: 'close' });
    this.worker.terminate();
    const file = await (await this.folder.getFileHandle(this.name)).getFile();
    // A slice of everything: the same bytes on disk under another type.
    return file.slice(0, file.size, mediaType);
  }

  async discard(): Promise<void> {
    this.worker.terminate();
    await this.folder.removeEntry(this.name).catch(() => undefined);
  }

  private ask(message: ToFileWorker, transfer: Transferable[] = []): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(message, transfer);
    });
  }
}

/** Deletes the files of pages that are gone: those whose lock is free. */
async function removeLeftovers(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const name of folder.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await folder.removeEntry(name).catch(() => undefined);
    });
  }
}

/** Pieces as Blobs, which a browser may keep on disk when they are many. */
class BlobFile implements ImageFile {
  private parts: Blob[] = [];

  append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.parts.push(new Blob([bytes]));
    return Promise.resolve();
  }

  finish(mediaType: string): Promise<Blob> {
    return Promise.resolve(new Blob(this.parts, { type: mediaType }));
  }

  discard(): Promise<void> {
    this.parts = [];
    return Promise.resolve();
  }
}

/** A new file, on disk if that can be had. */
export async function createImageFile(): Promise<ImageFile> {
  const onDisk = 'storage' in navigator && 'getDirectory' in navigator.storage && 'locks' in navigator;
  // A private window may refuse it.
  if (onDisk) return DiskFile.create().catch(() => new BlobFile());
  return new BlobFile();
}
