package dev.weir.flink.session;

import dev.weir.engine.jobstore.JobStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The checkpoints that the next process will know of. Thread-safe; blocks for the disk. */
final class RecordedCheckpoints {
    private final JobStore store;
    private long latestId;

    RecordedCheckpoints(JobStore store) {
        this.store = store;
    }

    /** No process after this one gives the number again. */
    void reserve(long id) throws IOException {
        synchronized (store) {
            store.skipCheckpointIdsTo(id);
            long next = store.nextCheckpointId();
            while (next < id) {
                next = store.nextCheckpointId();
            }
        }
    }

    /**
     * Has the next process go on from a checkpoint, unless it knows of a later one: where several are committed at the same
     * time the earlier may be the last to get here, and what the later one has may have been published by then.
     */
    void add(long id, String pointer) throws IOException {
        synchronized (store) {
            if (id < latestId) {
                return;
            }
            List<String> latestFirst = new ArrayList<>(store.record().checkpoints());
            latestFirst.add(0, pointer);
            store.checkpoints(latestFirst);
            latestId = id;
        }
    }

    /** No process after this one goes on from a checkpoint before a savepoint that stops the job. */
    void stopped(String savepoint) throws IOException {
        synchronized (store) {
            store.stopped(savepoint);
        }
    }

    void remove(String pointer) throws IOException {
        synchronized (store) {
            List<String> latestFirst = new ArrayList<>(store.record().checkpoints());
            if (latestFirst.remove(pointer)) {
                store.checkpoints(latestFirst);
            }
        }
    }
}
