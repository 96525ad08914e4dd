package dev.weir.engine.jobstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The checkpoints that the next process will know of. Thread-safe; blocks for the disk. */
public final class RecordedCheckpoints {
    private final JobStore store;
    private long latestId;

    /** For a store that others may use too, who synchronize on it. */
    public RecordedCheckpoints(JobStore store) {
        this.store = store;
    }

    /** No process after this one gives the number again. */
    public void reserve(long id) throws IOException {
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
    public void add(long id, String pointer) throws IOException {
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
    public void stopped(String savepoint) throws IOException {
        synchronized (store) {
            store.stopped(savepoint);
        }
    }

    /** No process goes on from a checkpoint whose files are about to be deleted. */
    public void remove(String pointer) throws IOException {
        synchronized (store) {
            List<String> latestFirst = new ArrayList<>(store.record().checkpoints());
            if (latestFirst.remove(pointer)) {
                store.checkpoints(latestFirst);
            }
        }
    }
}
