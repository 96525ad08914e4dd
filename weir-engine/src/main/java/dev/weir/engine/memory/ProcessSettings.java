package dev.weir.engine.memory;

import java.util.List;

/**
 * What all kinds of process have in common.
 *
 * @param process whose process it is, for messages
 * @param processSize the whole process
 * @param flinkSize without the JVM's metaspace and overhead
 * @param overhead what the JVM takes beside heap, direct memory and metaspace, a share of the whole process
 */
public record ProcessSettings(
        String process, Setting processSize, Setting flinkSize, Setting metaspace, Share overhead) {
    ProcessSettings with(Change change) {
        return new ProcessSettings(
                process,
                processSize.with(change),
                flinkSize.with(change),
                metaspace.with(change),
                overhead.with(change));
    }

    boolean isSized() {
        return processSize.isGiven() || flinkSize.isGiven();
    }

    /** The total that the user would change: the one that is set, the process where none is. */
    List<Remedy> raiseTotal() {
        if (isProfile()) {
            // a size that is given would end the profile, and Flink's larger defaults would count
            return List.of();
        }
        Setting total = flinkSize.isGiven() ? flinkSize : processSize;
        return List.of(new Remedy.Raise(total.key(), total.bytes()));
    }

    boolean isProfile() {
        return processSize.presence() == Setting.Presence.PROFILE;
    }

    String totalText(long flink) {
        return flinkSize.isGiven()
                ? flinkSize.text()
                : "total Flink memory=" + Bytes.text(flink) + " of " + processSize.text();
    }
}
