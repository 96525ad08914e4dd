package dev.weir.flink.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.exchange.RecordSize;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

class RecordSizesTest {
    private static final int LARGE = 10_000_000;

    /** A POJO. */
    public static final class Message {
        public int id;
        public String text = "";
        public byte[] body = new byte[0];
    }

    /** No POJO, since it has no way to be made. */
    public static final class Generic {
        final String text;

        Generic(String text) {
            this.text = text;
        }
    }

    private static RecordSize size(TypeInformation<?> type) {
        TypeSerializer<?> serializer = type.createSerializer(new SerializerConfigImpl());
        return RecordSizes.of(serializer);
    }

    @Test
    void typesOfOneLengthAndStringsAreExact() {
        assertThat(size(Types.LONG).bytes(1L)).isEqualTo(16 + 8);
        assertThat(size(Types.STRING).bytes("four")).isEqualTo(16 + 4);
        assertThat(size(Types.PRIMITIVE_ARRAY(Types.BYTE)).bytes(new byte[LARGE]))
                .isEqualTo(16 + LARGE);
        RecordSize tuples = size(Types.TUPLE(Types.LONG, Types.STRING));
        assertThat(tuples.bytes(Tuple2.of(1L, "four"))).isEqualTo(16 + 24 + 20);
        assertThat(tuples.bytes("part of a row")).isEqualTo(16 + 13);
        assertThat(size(Types.TUPLE(Types.LONG, Types.INT, Types.INT)).bytes(Tuple3.of(1L, 2, 3)))
                .isEqualTo(16 + 16);
    }

    /** The one large record among many small ones, at any place: no sample would see it. */
    @Test
    void aLargeRecordIsSeenWhereverItIs() {
        String text = "x".repeat(LARGE);
        Message message = new Message();
        message.text = text;
        Row row = Row.of(1, text);

        RecordSize tuples = size(Types.TUPLE(Types.LONG, Types.STRING));
        RecordSize pojos = size(Types.POJO(Message.class));
        RecordSize rows = size(Types.ROW(Types.INT, Types.STRING));
        RecordSize lists = size(Types.LIST(Types.STRING));
        RecordSize numbers = size(Types.LIST(Types.LONG));
        RecordSize maps = size(Types.MAP(Types.STRING, Types.INT));
        for (int i = 0; i < 1_000; i++) {
            assertThat(tuples.bytes(Tuple2.of(1L, ""))).isLessThan(100);
            assertThat(pojos.bytes(new Message())).isLessThan(100);
            assertThat(rows.bytes(Row.of(1, ""))).isLessThan(100);
            assertThat(lists.bytes(List.of(""))).isLessThan(100);
            assertThat(maps.bytes(Map.of("", 1))).isLessThan(100);
        }
        assertThat(tuples.bytes(Tuple2.of(1L, text))).isGreaterThan(LARGE);
        assertThat(tuples.bytes(new Whole(Tuple2.of(1L, text)))).isGreaterThan(LARGE);
        assertThat(pojos.bytes(message)).isGreaterThan(LARGE);
        assertThat(rows.bytes(row)).isGreaterThan(LARGE);
        assertThat(lists.bytes(List.of("", text))).isGreaterThan(LARGE);
        assertThat(numbers.bytes(Collections.nCopies(LARGE / 8, 1L))).isGreaterThan(LARGE);
        assertThat(maps.bytes(Map.of(text, 1))).isGreaterThan(LARGE);
    }

    @Test
    void othersAreSampled() {
        RecordSize size = size(TypeInformation.of(Generic.class));
        for (int i = 0; i < 10_000; i++) {
            size.bytes(new Generic("x".repeat(1_000)));
        }
        assertThat(size.bytes(new Generic(""))).isBetween(1_000, 1_200);
        for (int i = 0; i < 10_000; i++) {
            size.bytes(new Generic(""));
        }
        assertThat(size.bytes(new Generic("x".repeat(1_000)))).isLessThan(200);
    }

    @Test
    void whatIsNotOfTheTypeIsNoFailure() {
        assertThat(size(Types.TUPLE(Types.LONG, Types.STRING)).bytes(null)).isPositive();
        assertThat(size(Types.POJO(Message.class)).bytes(null)).isPositive();
        assertThat(size(Types.ROW(Types.STRING)).bytes(Row.withNames())).isPositive();
        assertThat(size(Types.LIST(Types.STRING)).bytes("no list")).isPositive();
        assertThat(size(TypeInformation.of(Generic.class)).bytes(1)).isPositive();
    }
}
