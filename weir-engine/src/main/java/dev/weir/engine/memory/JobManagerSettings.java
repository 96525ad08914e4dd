package dev.weir.engine.memory;

/** What a job manager's budget is derived from. */
public record JobManagerSettings(ProcessSettings process, Setting heap, Setting offHeap) {
    JobManagerSettings with(Change change) {
        return new JobManagerSettings(process.with(change), heap.with(change), offHeap.with(change));
    }
}
