package dev.weir.engine.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InputGateTest {
    private final Exchange exchange = new Exchange(ChannelLimits.DEFAULT);
    private final Exchange.Consumer consumer = exchange.consumer(new int[] {1}, TaskSignal.blocking());
    private final Exchange.Producer producer = exchange.producer(1, -1, true, true, TaskSignal.blocking());

    private static List<Object> readAll(InputGate gate) {
        List<Object> read = new ArrayList<>();
        while (gate.advance(0)) {
            Control control = gate.control();
            read.add(control != null ? control : gate.batch().values()[gate.from()]);
            gate.take(gate.from() + 1);
        }
        return read;
    }

    @Test
    void elementSignalledWhileItsChannelAwaitsItsTurnIsNotForgotten() {
        consumer.connect(0, producer, 0);
        InputGate gate = consumer.gate();
        ChannelWriter writer = producer.writer();
        writer.emit(0, "first", 0);
        writer.emit(0, EndOfData.DRAIN);
        gate.collect();
        assertThat(gate.advance(0)).isTrue();
        gate.take(gate.to());

        // the channel is in the queue for its end of data when the signal for what follows is collected
        writer.emit(0, EndOfChannel.INSTANCE);
        gate.collect();

        assertThat(readAll(gate)).containsExactly(EndOfData.DRAIN, EndOfChannel.INSTANCE);
    }

    @Test
    void blockedChannelKeepsWhatItHoldsUntilItsInputIsUnblocked() {
        consumer.connect(0, producer, 0);
        InputGate gate = consumer.gate();
        ChannelWriter writer = producer.writer();
        writer.emit(0, "first", 0);
        writer.emit(0, "second", 0);
        writer.flush();
        gate.collect();
        assertThat(gate.advance(0)).isTrue();
        gate.take(gate.from() + 1);

        gate.block(0, 0);
        writer.emit(0, "third", 0);
        writer.flush();
        gate.collect();
        assertThat(readAll(gate)).isEmpty();

        gate.unblock(0);
        assertThat(readAll(gate)).containsExactly("second", "third");
    }
}
