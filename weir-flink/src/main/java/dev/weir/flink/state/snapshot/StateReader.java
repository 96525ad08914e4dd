package dev.weir.flink.state.snapshot;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;

/** Reads one state. */
interface StateReader {

    /** Of the state. */
    String name();

    /** No key group of the file that is read next has more entries than this, whatever it says. */
    default void limit(long entries) {}

    /** Reads what a heap checkpoint has of one key group. */
    void read(int keyGroup, DataInputView in) throws IOException;

    /** Reads what a file of an incremental snapshot has of one key group, but for what newer files had. */
    void readChanges(int keyGroup, DataInputView in, Coverage newer) throws IOException;

    /** Takes one entry of a canonical savepoint. */
    void take(int keyGroup, byte[] entryKey, byte[] entryValue) throws IOException;
}
