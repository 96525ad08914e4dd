package dev.weir.flink.host;

import dev.weir.engine.exchange.Copier;
import dev.weir.engine.exchange.EdgeWriter;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The way of records to an edge: picks the channel and hands the receiver a copy of its own. Template. */
final class EdgeLink extends EdgeOutput<Object> {
    private final @Nullable ChannelChoice choice;
    private final Copier<Object> copier;

    /** @param choice null where every record goes to every channel */
    EdgeLink(
            @Nullable OutputTag<Object> tag,
            EdgeWriter[] writers,
            @Nullable ChannelChoice choice,
            Copier<Object> copier) {
        super(tag, writers);
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
            send(choice.channel(value, timestamp), value, timestamp);
            return;
        }
        for (int channel = 0; channel < channels; channel++) {
            send(channel, value, timestamp);
        }
    }

    private void send(int channel, Object value, long timestamp) {
        for (EdgeWriter writer : writers) {
            writer.emit(channel, copier.copy(value), timestamp);
        }
    }
}
