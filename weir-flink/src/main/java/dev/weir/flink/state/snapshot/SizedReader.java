package dev.weir.flink.state.snapshot;

/** Reads one state to find out how large it is. */
interface SizedReader extends StateReader {

    /** What has been read. */
    StateSize size();
}
