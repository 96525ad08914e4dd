package dev.weir.engine.jobstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The checkpoints that the next process will know of. Thread-safe; blocks for the disk. */
public final class RecordedCheckpoints {
    private final JobStore store;
    private final Set<String> deleted = new HashSet<>();
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
     * time the earlier may be the last to get here, and what the later one has may have been published by then. One that is
     * committed after the job has ended is the user's: the next process would delete what the record has of an ended job.
     */
    public void add(long id, String pointer) throws IOException {
        synchronized (store) {
            JobRecord record = store.record();
            boolean over = record.phase() == JobRecord.Phase.ENDED && record.stoppedWith() == null;
            if (id < latestId || over) {
                return;
            }
            List<String> latestFirst = new ArrayList<>(record.checkpoints());
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

    /** No process goes on from a checkpoint whose files are about to be deleted, by a later one if this one dies meanwhile. */
    public void drop(String pointer) throws IOException {
        synchronized (store) {
            List<String> latestFirst = new ArrayList<>(store.record().checkpoints());
            List<String> dropped = new ArrayList<>(store.record().dropped());
            if (latestFirst.remove(pointer)) {
                dropped.removeAll(deleted);
                dropped.add(pointer);
                store.checkpoints(latestFirst, dropped);
                deleted.clear();
            }
        }
    }

    /** The files of a checkpoint are gone. The record says so with the next change only: that they are gone is easily seen. */
    public void deleted(String pointer) {
        synchronized (store) {
            deleted.add(pointer);
        }
    }

    /** No process goes on from a checkpoint whose files stay, for people to look at. */
    public void forget(String pointer) throws IOException {
        synchronized (store) {
            List<String> latestFirst = new ArrayList<>(store.record().checkpoints());
            if (latestFirst.remove(pointer)) {
                store.checkpoints(latestFirst);
            }
        }
    }
}
