// The file that is being rendered here: on disk where the browser has a private file system, else as a Blob.

/** A file that grows at its end. */
export interface ImageFile {
  /** Adds bytes; resolves when they are out of the way. */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The whole file. */
  finish(mediaType: string): Promise<Blob>;
  /** It is not wanted any more. */
  discard(): Promise<void>;
}

const PREFIX = 'mapshot-';

/** A file in the origin's private file system. While its page is open it holds a lock of the file's name. */
class DiskFile implements ImageFile {
  private constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly handle: FileSystemFileHandle,
    private readonly stream: FileSystemWritableFileStream,
  ) {}

  static async create(): Promise<DiskFile> {
    const folder = await navigator.storage.getDirectory();
    await removeLeftovers(folder);
    const handle = await folder.getFileHandle(PREFIX + crypto.randomUUID(), { create: true });
    void navigator.locks.request(handle.name, () => new Promise(() => undefined));
    return new DiskFile(folder, handle, await handle.createWritable());
  }

  append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.stream.write(bytes);
  }

  async finish(mediaType: string): Promise<Blob> {
    await this.stream.close();
    const file = await this.handle.getFile();
    // A slice of everything: the same bytes on disk under another type.
    return file.slice(0, file.size, mediaType);
  }

  async discard(): Promise<void> {
    await this.stream.abort().catch(() => undefined);
    await this.folder.removeEntry(this.handle.name).catch(() => undefined);
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
  const onDisk =
    'storage' in navigator && 'locks' in navigator && typeof FileSystemFileHandle !== 'undefined' &&
    'createWritable' in FileSystemFileHandle.prototype;
  // A private window may refuse it.
  if (onDisk) return DiskFile.create().catch(() => new BlobFile());
  return new BlobFile();
}
