/** Worker thread of `stream.ts`: checks the witness that comes through a ring. */
import { parentPort, workerData } from "node:worker_threads";
import { configByName } from "../../emulator/machine/config.ts";
import { type Ring, RingReceiver } from "./ring.ts";
import { StreamChecker } from "./stream.ts";
import { receiveWitness } from "./stream-ring.ts";
import { replyOf } from "./workers.ts";

export interface StreamWorkerData {
  ring: Ring;
  image: Uint8Array;
  machine: string;
  tape: Uint32Array;
}

export type StreamJob = "load" | "check";

const { ring, image, machine, tape } = workerData as StreamWorkerData;
const checker = new StreamChecker({ image, config: configByName(machine), tape });

function check(): void {
  const receiver = new RingReceiver(ring);
  try {
    receiveWitness(receiver, checker);
  } finally {
    receiver.close();
  }
}

parentPort!.on("message", (job: StreamJob) =>
  parentPort!.postMessage(
    replyOf(() => {
      if (job === "check") check();
    }),
  ),
);
