import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** Where the figures were measured: absolute ones mean nothing elsewhere. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** Of the last minute, before anything was measured: above 0 the machine had other work. */
  readonly load: number;
}

export function readMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    load: readLoad(),
  };
}

/** How many processes wanted a processor in the last minute. */
export function readLoad(): number {
  return loadavg()[0] ?? 0;
}

export function printMachine({ cpu, cores, memoryGiB, platform, node, load }: Machine): string {
  const busy = load > cores / 4 ? " – the machine is busy: trust ratios, and not much" : "";
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}`,
    `load average ${load.toFixed(2)}${busy}`,
  ].join("\n");
}
