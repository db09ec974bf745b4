// A Web Worker that writes a file of the origin's private file system: only a worker may write without a copy of the file.

export type ToFileWorker = { kind: 'open'; name: string } | { kind: 'append'; bytes: Uint8Array<ArrayBuffer> } | { kind: 'close' };

/** The answer to each message, in order; `fault` in words when it could not be done. */
export type FromFileWorker = { fault?: string };

/** As much of `FileSystemSyncAccessHandle` as is used: TypeScript's page library has it not. */
interface SyncAccess {
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  flush(): void;
  close(): void;
}

type Syncable = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccess> };

const scope = self as unknown as {
  postMessage(message: FromFileWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToFileWorker>) => void): void;
};

let access: SyncAccess | undefined;
let length = 0;

async function handle(message: ToFileWorker): Promise<void> {
  if (message.kind === 'open') {
    const folder = await navigator.storage.getDirectory();
    access = await ((await folder.getFileHandle(message.name, { create: true })) as Syncable).createSyncAccessHandle();
    return;
  }
  if (!access) throw new Error('the file is not open');
  if (message.kind === 'close') {
    access.flush();
    access.close();
    access = undefined;
    return;
  }
  const written = access.write(message.bytes, { at: length });
  if (written !== message.bytes.length) throw new Error('the disk is full');
  length += written;
}

// One after the other: what comes while a file is being opened waits for it.
let turn = Promise.resolve();
scope.addEventListener('message', ({ data }) => {
  turn = turn.then(() => handle(data)).then(
    () => scope.postMessage({}),
    (error: unknown) => scope.postMessage({ fault: error instanceof Error ? error.message : String(error) }),
  );
});
