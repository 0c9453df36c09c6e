/** Waits on a TCP port of this computer for one debugger and lets it drive a machine. */
import { createServer, type Server, type Socket } from "node:net";
import type { Machine } from "../../emulator/engine/engine.ts";
import { GdbSession, type SessionEnd } from "../../emulator/gdb/session.ts";
import type { Program } from "../../emulator/image/program.ts";
import { stopReport } from "../../emulator/image/report.ts";
import type { Stop } from "../../emulator/machine/stop.ts";

/**
 * @param port 0 for any; the one in use is told on stderr
 * @returns how the run ended; after a detach it is run to its end, after a kill it stays where it is
 */
export async function debug(machine: Machine, program: Program, port: number, maxCycles?: number): Promise<Stop> {
  const limit = maxCycles === undefined ? {} : { maxCycles };
  const { server, socket } = await connection(port);
  const session = new GdbSession(machine, (text) => socket.write(text, "latin1"), {
    ...limit,
    explain: (stop) =>
      stop.kind === "finished" ? `windproof: finished after ${stop.cycles} cycles` : stopReport(program, machine, stop),
  });
  socket.on("data", (bytes) => session.receive(bytes.toString("latin1")));
  socket.on("error", () => session.close());
  socket.on("close", () => session.close());
  const end = await session.ended;
  socket.end();
  server.close();
  return finalStop(machine, end, limit);
}

function finalStop(machine: Machine, end: SessionEnd, limit: { maxCycles?: number }): Stop {
  if (end.kind === "ended") return end.stop;
  if (end.kind === "detached") return machine.run(limit);
  return { kind: "breakpoint", pc: machine.pc, cycles: machine.cycles };
}

function connection(port: number): Promise<{ server: Server; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.setNoDelay(true);
      resolve({ server, socket });
    });
    server.maxConnections = 1;
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const actual = typeof address === "object" && address ? address.port : port;
      console.error(`windproof: waiting for a debugger; in gdb-multiarch: target remote 127.0.0.1:${actual}`);
    });
  });
}
