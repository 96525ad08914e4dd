package dev.weir.engine.memory;

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

    /** The total that the user would change: the one that is set, the process where none is. */
    Remedy raiseTotal() {
        return flinkSize.isGiven()
                ? new Remedy.Raise(flinkSize.key(), flinkSize.bytes())
                : new Remedy.Raise(processSize.key(), processSize.bytes());
    }

    String totalText(long flink) {
        return flinkSize.isGiven()
                ? flinkSize.text()
                : "total Flink memory=" + Bytes.text(flink) + " of " + processSize.text();
    }
}
