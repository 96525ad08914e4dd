package dev.weir.flink.twin;

/** Stands for a source while it has records at hand; the operator says when that begins and what comes after. */
public interface SourceTwin {

    /** Emits what the source has at hand, but no more than so many records; nothing before the operator's first record. */
    void run(int recordsMax) throws Exception;
}
