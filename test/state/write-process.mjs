import { FileBackend } from '../../dist/state/file-backend.js';

// Stores serial 2 over serial 1 in the file that is its argument; says what became of it and what is stored.
const backend = new FileBackend(process.argv[2], 'shop');
const stored = await backend.read();
const outcome = await backend.write({ ...stored, serial: 2 }, { serial: 1, token: 'aaaaaaaaaaaa' }).then(
  () => ({ written: true }),
  ({ message, code }) => ({ message, code }),
);
console.log(JSON.stringify({ ...outcome, serial: (await backend.read()).serial }));
