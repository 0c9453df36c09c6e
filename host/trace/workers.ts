/** A few worker threads that take jobs one by one. A job's answer comes back under its number; an error in a worker is the pool's. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InputError } from "../../errors.ts";

/** An error as it travels between threads. */
interface Failure {
  name: string;
  message: string;
  /** further fields of the error */
  fields: Record<string, unknown>;
}

/** The error as the worker threw it; what the command line tells by its class is of that class. */
export function errorOf({ name, message, fields }: Failure): Error {
  const { what, where, next } = fields as Partial<Record<keyof InputError, string>>;
  const error = name === "InputError" ? new InputError(what!, where!, next!) : new Error(message);
  return Object.assign(error, fields, { name });
}

export interface Reply<Result> {
  result?: Result;
  failure?: Failure;
}

export function replyOf<Result>(action: () => Result): Reply<Result> {
  try {
    return { result: action() };
  } catch (error) {
    const { name, message } = error as Error;
    return { failure: { name, message, fields: { ...(error as Record<string, unknown>) } } };
  }
}

/** Built packages have `.js` where the sources have `.ts`. */
const fileOf = (name: string) =>
  new URL(`./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** What a worker says before its job is done. */
export interface Part<Content> {
  part: Content;
}

/** As many as there are processors; more than a few take memory and gain little. */
export const defaultThreads = (): number => Math.min(4, availableParallelism());

export class WorkerPool<Job, Result, Content = never> {
  readonly #workers: Worker[];
  readonly #idle: number[];
  readonly #waiting: ((worker: number) => void)[] = [];
  /** who waits for the answer of each worker */
  readonly #pending: ((reply: Reply<Result> | Error) => void)[] = [];
  readonly #onPart: (((part: Content) => void) | undefined)[] = [];

  /** @param name file beside this one, without its extension */
  constructor(name: string, threads: number, workerData: unknown) {
    this.#workers = Array.from({ length: threads }, (_, i) => {
      const worker = new Worker(fileOf(name), { workerData });
      worker.on("message", (reply: Reply<Result> | Part<Content>) => {
        if ("part" in reply) this.#onPart[i]?.(reply.part);
        else this.#answer(i, reply);
      });
      worker.on("error", (error) => this.#answer(i, error as Error));
      return worker;
    });
    this.#idle = this.#workers.map((_, i) => i);
  }

  #answer(worker: number, reply: Reply<Result> | Error): void {
    this.#pending[worker]?.(reply);
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }

  /** Resolves to the number of a worker that has nothing to do; it is the caller's until `run` has answered. */
  async take(): Promise<number> {
    return this.#idle.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @param onPart takes what the worker says before it is done */
  run(worker: number, job: Job, onPart?: (part: Content) => void): Promise<Result> {
    this.#onPart[worker] = onPart;
    return new Promise((resolve, reject) => {
      this.#pending[worker] = (reply) => {
        if (reply instanceof Error) reject(reply);
        else if (reply.failure) reject(errorOf(reply.failure));
        else resolve(reply.result as Result);
      };
      this.#workers[worker].postMessage(job);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** Of several failures that of the earliest chunk. */
export function throwFirst(failures: { chunk: number; error: unknown }[]): void {
  const [first] = failures.sort((a, b) => a.chunk - b.chunk);
  if (first) throw first.error;
}
