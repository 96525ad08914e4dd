package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.UUID;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * What a file of an incremental snapshot begins with. The first number tells it from a full one, which begins with the version
 * of Flink's format.
 *
 * @param chain the files that belong together
 * @param sequence the place in it: 0 has everything, each other one what has changed since the one before
 */
record ChangesHeader(UUID chain, int sequence) {

    /** No version of Flink's format: "WIC1" as ASCII. */
    static final int MAGIC = 0x57494331;

    void write(DataOutputView out) throws IOException {
        out.writeInt(MAGIC);
        out.writeLong(chain.getMostSignificantBits());
        out.writeLong(chain.getLeastSignificantBits());
        out.writeInt(sequence);
    }

    /**
     * Fails unless a file has what this one's changes refer to.
     *
     * @param older of the file behind this one, the newest of each chain being first; null if there is none
     */
    void requireBehind(@Nullable ChangesHeader older) throws IOException {
        boolean follows = older != null && older.chain().equals(chain) && older.sequence() == sequence - 1;
        if (sequence > 0 && !follows) {
            throw new IOException("a file of chain " + chain + " is missing: sequence=" + (sequence - 1));
        }
    }

    /** What comes behind the magic number. */
    static ChangesHeader read(DataInputView in) throws IOException {
        UUID chain = new UUID(in.readLong(), in.readLong());
        int sequence = in.readInt();
        if (sequence < 0) {
            throw new IOException("a file of changes has sequence=" + sequence + " < 0");
        }
        return new ChangesHeader(chain, sequence);
    }
}
