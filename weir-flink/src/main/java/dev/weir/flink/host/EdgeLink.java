package dev.weir.flink.host;

import dev.weir.engine.exchange.Copier;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.flink.record.RowCopier;
import dev.weir.flink.record.Whole;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The way of records to an edge: picks the channel and hands the receiver a copy of its own. Template. */
final class EdgeLink extends EdgeOutput<Object> {
    private final @Nullable ChannelChoice choice;
    private final Copier<Object> copier;
    private final @Nullable RowCopier rows;
    private final long[] row;

    /**
     * @param choice null where every record goes to every channel
     * @param rows null where records go as objects
     */
    EdgeLink(
            @Nullable OutputTag<Object> tag,
            EdgeWriter[] writers,
            @Nullable ChannelChoice choice,
            Copier<Object> copier,
            @Nullable RowCopier rows) {
        super(tag, writers);
        this.rows = rows;
        this.row = new long[rows == null ? 0 : rows.words()];
        this.choice = choice;
        this.copier = copier;
    }

    @Override
    public void accept(Object value, long timestamp) {
        if (tag == null) {
            push(value, timestamp);
            numRecordsOut.inc();
        }
    }

    @Override
    void push(Object value, long timestamp) {
        if (choice != null) {
            send(choice.channel(value, timestamp), value, timestamp, choice.keyHash());
            return;
        }
        for (int channel = 0; channel < channels; channel++) {
            send(channel, value, timestamp, 0);
        }
    }

    private void send(int channel, Object value, long timestamp, int keyHash) {
        for (EdgeWriter writer : writers) {
            if (rows == null) {
                writer.emit(channel, copier.copy(value), timestamp, keyHash);
            } else if (rows.write(value, row)) {
                writer.emit(channel, rows, row, rows.part(value), timestamp, keyHash);
            } else {
                writer.emit(channel, new Whole(copier.copy(value)), timestamp, keyHash);
            }
        }
    }
}
