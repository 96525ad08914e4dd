package dev.weir.engine.exchange;

import java.io.IOException;

/** How the records of an edge are written to a file and read from it. An instance is one thread's at a time. */
public interface RecordCodec {

    /** The bytes of the first {@code count} records of a batch. */
    byte[] write(RecordBatch batch, int count) throws IOException;

    /** Reads the first {@code count} records, which the caller owns from then on. */
    void read(byte[] bytes, Object[] records, int count) throws IOException;
}
