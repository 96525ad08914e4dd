package dev.weir.engine.diagnosis;

import java.lang.management.ThreadInfo;
import java.util.List;
import java.util.Map;

/**
 * What was seen of some threads.
 *
 * @param count how often they were looked at
 * @param nanos that the looks took together
 * @param byThread what was seen, by the thread's id
 */
public record Looks(int count, long nanos, Map<Long, List<ThreadInfo>> byThread) {

    public Looks {
        byThread = Map.copyOf(byThread);
    }

    /** What was seen of a thread; nothing of one that had ended. */
    public List<ThreadInfo> of(long thread) {
        return byThread.getOrDefault(thread, List.of());
    }
}
