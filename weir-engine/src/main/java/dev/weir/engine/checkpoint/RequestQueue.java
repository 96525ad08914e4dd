package dev.weir.engine.checkpoint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait, and the decision which is next: savepoints before checkpoints, forced ones before others, people's
 * before periodic ones, then the earliest.
 */
final class RequestQueue {

    static final int QUEUED_MAX = 1_000;

    private record Entry(TriggerRequest request, long sequence) {}

    /**
     * What may be done now.
     *
     * @param begin the request whose turn it is
     * @param postponed whether it was a periodic one's turn, which is off the queue since the pause is not over
     */
    record Decision(@Nullable TriggerRequest begin, boolean postponed) {
        static final Decision NOTHING = new Decision(null, false);
    }

    /**
     * What decides besides the requests.
     *
     * @param triggering whether one has begun and its barriers have not
     * @param pending how many have begun, that one included
     * @param cleaning how many are being deleted
     * @param pausing whether it is too soon for a periodic one
     */
    record Load(boolean triggering, int pending, int cleaning, boolean pausing) {}

    private static final Comparator<Entry> ORDER = Comparator.comparing(
                    (Entry entry) -> !entry.request().isSavepoint())
            .thenComparing(entry -> !entry.request().forced())
            .thenComparing(entry -> entry.request().periodic())
            .thenComparingLong(entry -> entry.request().requestedMillis())
            .thenComparingLong(Entry::sequence);

    private final TreeSet<Entry> queue = new TreeSet<>(ORDER);
    private final int maxConcurrent;
    private long sequence;

    RequestQueue(int maxConcurrent) {
        this.maxConcurrent = maxConcurrent;
    }

    /** Adds a request. Returns the one that has no room, this or another, or null. */
    @Nullable
    TriggerRequest offer(TriggerRequest request) {
        if (queue.size() >= QUEUED_MAX && !queue.last().request().periodic()) {
            return request;
        }
        queue.add(new Entry(request, sequence++));
        return queue.size() > QUEUED_MAX ? poll(queue.last()) : null;
    }

    /** Decides what is next, and takes it off the queue. */
    Decision next(Load load) {
        if (load.triggering() || queue.isEmpty() || load.cleaning() > maxConcurrent) {
            return Decision.NOTHING;
        }
        Entry first = queue.first();
        TriggerRequest request = first.request();
        if (load.pending() >= maxConcurrent && !request.forced()) {
            return Decision.NOTHING;
        }
        poll(first);
        boolean postponed = load.pausing() && request.periodic() && !request.forced();
        return new Decision(postponed ? null : request, postponed);
    }

    private TriggerRequest poll(Entry entry) {
        queue.remove(entry);
        return entry.request();
    }

    /** Empties the queue. */
    List<TriggerRequest> drain() {
        List<TriggerRequest> all = new ArrayList<>();
        queue.forEach(entry -> all.add(entry.request()));
        queue.clear();
        return all;
    }

    int size() {
        return queue.size();
    }
}
