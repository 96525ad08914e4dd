package dev.weir.flink.host;

import dev.weir.engine.exchange.Control;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;

/** Flink's own in-band elements in the engine's channels. Immutable, so one instance serves every channel. */
sealed interface FlinkControl {

    /** A watermark, watermark status, latency marker or record attributes. */
    final class Element extends Control implements FlinkControl {
        final StreamElement element;

        Element(StreamElement element) {
            this.element = element;
        }

        @Override
        public String toString() {
            return element.toString();
        }
    }

    /** A generalized watermark of the DataStream API V2 (FLIP-467). */
    final class Generalized extends Control implements FlinkControl {
        final WatermarkEvent event;

        Generalized(WatermarkEvent event) {
            this.event = event;
        }

        @Override
        public String toString() {
            return event.toString();
        }
    }
}
