package dev.weir.engine.diagnosis;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/**
 * How long the JVM has stopped for collections, by its beans.
 *
 * @param pausedMillis since the process began
 * @param atNanos of {@link System#nanoTime()}
 */
public record GarbageCollection(long pausedMillis, long atNanos) {

    /** Now. Beans that count concurrent work, which stops nobody, are left out. */
    public static GarbageCollection now() {
        long millis = 0;
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (!bean.getName().contains("Cycles") && !bean.getName().contains("Concurrent")) {
                millis += Math.max(0, bean.getCollectionTime());
            }
        }
        return new GarbageCollection(millis, System.nanoTime());
    }

    /** The share of the time since an earlier reading, 0 to 1. */
    public double shareSince(GarbageCollection earlier) {
        double elapsedMillis = (atNanos - earlier.atNanos) / 1e6;
        return elapsedMillis <= 0 ? 0 : Math.min(1, (pausedMillis - earlier.pausedMillis) / elapsedMillis);
    }
}
