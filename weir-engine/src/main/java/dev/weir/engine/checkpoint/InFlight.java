package dev.weir.engine.checkpoint;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The checkpoints that have begun, by the order in which they did, and what must be remembered of those that ended. */
final class InFlight<S> {

    /** For how many completed ones a repeated acknowledgement is known as such. */
    private static final int COMPLETED_MAX = 16;

    private final Map<Long, PendingCheckpoint<S>> pending = new LinkedHashMap<>();
    private final Map<Long, PendingCheckpoint<S>> abandoned = new HashMap<>();
    private final Deque<Long> completed = new ArrayDeque<>();

    void add(PendingCheckpoint<S> checkpoint) {
        pending.put(checkpoint.id(), checkpoint);
    }

    @Nullable
    PendingCheckpoint<S> get(long id) {
        return pending.get(id);
    }

    int size() {
        return pending.size();
    }

    boolean isTriggering() {
        return pending.values().stream().anyMatch(PendingCheckpoint::isTriggering);
    }

    /** A copy, so that the caller may end those that it finds. */
    List<PendingCheckpoint<S>> where(Predicate<PendingCheckpoint<S>> which) {
        return pending.values().stream().filter(which).toList();
    }

    /** The one that has waited longest and may still be given up for that. */
    @Nullable
    PendingCheckpoint<S> oldestUncommitted() {
        return pending.values().stream()
                .filter(checkpoint -> !checkpoint.isCommitting())
                .findFirst()
                .orElse(null);
    }

    void left(Collection<Subtask> stopped) {
        pending.values().forEach(checkpoint -> checkpoint.audience().removeAll(stopped));
    }

    void failed(PendingCheckpoint<S> checkpoint) {
        pending.remove(checkpoint.id());
    }

    void completed(PendingCheckpoint<S> checkpoint) {
        pending.remove(checkpoint.id());
        completed.addLast(checkpoint.id());
        if (completed.size() > COMPLETED_MAX) {
            completed.removeFirst();
        }
    }

    /** Whether all have acknowledged it, so that another acknowledgement brings nothing new. */
    boolean wasAcknowledged(long id) {
        return completed.contains(id) || abandoned.containsKey(id);
    }

    /** Gives one up whose commit is still to be answered. */
    void abandon(PendingCheckpoint<S> checkpoint) {
        pending.remove(checkpoint.id());
        abandoned.put(checkpoint.id(), checkpoint);
    }

    @Nullable
    PendingCheckpoint<S> takeAbandoned(long id) {
        return abandoned.remove(id);
    }
}
