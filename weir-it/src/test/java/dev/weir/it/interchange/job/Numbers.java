package dev.weir.it.interchange.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The numbers below {@link #COUNT}, in splits: the early half is dealt out to the readers at once, the late half to those who
 * ask for more. How far readers read is the desk's to say.
 */
public final class Numbers implements Source<Long, Numbers.Split, List<Numbers.Split>>, ResultTypeQueryable<Long> {
    /** How many numbers there are. */
    public static final long COUNT = 4000;

    private static final long serialVersionUID = 1L;
    private static final int EARLY = 4;
    private static final int LATE = 3;

    private final Leg leg;

    public Numbers(Leg leg) {
        this.leg = leg;
    }

    /** What is left of a split: every {@code step}-th number from {@code next} to below {@code end}. */
    public record Split(int number, long next, long step, long end) implements SourceSplit {
        @Override
        public String splitId() {
            return "split-" + number;
        }

        boolean late() {
            return number >= EARLY;
        }
    }

    @Override
    public TypeInformation<Long> getProducedType() {
        return Types.LONG;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<Long, Split> createReader(SourceReaderContext context) {
        return new NumbersReader(leg, context);
    }

    @Override
    public SplitEnumerator<Split, List<Split>> createEnumerator(SplitEnumeratorContext<Split> context) {
        List<Split> all = new ArrayList<>();
        for (int i = 0; i < EARLY; i++) {
            all.add(new Split(i, i, EARLY, COUNT / 2));
        }
        for (int i = 0; i < LATE; i++) {
            all.add(new Split(EARLY + i, COUNT / 2 + i, LATE, COUNT));
        }
        return new Enumerator(context, all);
    }

    @Override
    public SplitEnumerator<Split, List<Split>> restoreEnumerator(
            SplitEnumeratorContext<Split> context, List<Split> checkpoint) {
        return new Enumerator(context, checkpoint);
    }

    @Override
    public SimpleVersionedSerializer<Split> getSplitSerializer() {
        return new SplitBytes();
    }

    @Override
    public SimpleVersionedSerializer<List<Split>> getEnumeratorCheckpointSerializer() {
        return new SplitsBytes();
    }

    private static final class Enumerator implements SplitEnumerator<Split, List<Split>> {
        private final SplitEnumeratorContext<Split> context;
        private final List<Split> unassigned;

        private Enumerator(SplitEnumeratorContext<Split> context, List<Split> unassigned) {
            this.context = context;
            this.unassigned = new ArrayList<>(unassigned);
        }

        @Override
        public void start() {}

        @Override
        public void addReader(int subtask) {
            for (Iterator<Split> all = unassigned.iterator(); all.hasNext(); ) {
                Split split = all.next();
                if (!split.late() && split.number() % context.currentParallelism() == subtask) {
                    all.remove();
                    context.assignSplit(split, subtask);
                }
            }
        }

        @Override
        public void handleSplitRequest(int subtask, String host) {
            if (unassigned.isEmpty()) {
                context.signalNoMoreSplits(subtask);
            } else {
                context.assignSplit(unassigned.remove(0), subtask);
            }
        }

        @Override
        public void addSplitsBack(List<Split> splits, int subtask) {
            unassigned.addAll(splits);
        }

        @Override
        public List<Split> snapshotState(long checkpoint) {
            return List.copyOf(unassigned);
        }

        @Override
        public void close() {}
    }

    private static final class SplitBytes implements SimpleVersionedSerializer<Split> {
        private static final int SIZE = Integer.BYTES + 3 * Long.BYTES;

        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Split split) {
            return ByteBuffer.allocate(SIZE)
                    .putInt(split.number())
                    .putLong(split.next())
                    .putLong(split.step())
                    .putLong(split.end())
                    .array();
        }

        @Override
        public Split deserialize(int version, byte[] serialized) {
            return read(ByteBuffer.wrap(serialized));
        }

        private static Split read(ByteBuffer bytes) {
            return new Split(bytes.getInt(), bytes.getLong(), bytes.getLong(), bytes.getLong());
        }
    }

    private static final class SplitsBytes implements SimpleVersionedSerializer<List<Split>> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(List<Split> splits) {
            ByteBuffer bytes = ByteBuffer.allocate(splits.size() * SplitBytes.SIZE);
            splits.forEach(split -> bytes.put(new SplitBytes().serialize(split)));
            return bytes.array();
        }

        @Override
        public List<Split> deserialize(int version, byte[] serialized) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(serialized);
            List<Split> splits = new ArrayList<>();
            while (bytes.hasRemaining()) {
                splits.add(SplitBytes.read(bytes));
            }
            return splits;
        }
    }
}
