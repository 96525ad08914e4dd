package dev.weir.flink.differential;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple2;

/** The type of the keys that a stream is partitioned by: a number in another guise. */
abstract class KeyKind<K> implements Serializable {
    private static final long serialVersionUID = 1L;

    private KeyKind() {}

    static List<KeyKind<?>> all() {
        return List.of(new Longs(), new Ints(), new Strings(), new Pairs());
    }

    abstract TypeInformation<K> type();

    abstract K of(long number);

    abstract long number(K key);

    /** Elements by key, of which there are so many. */
    <T> KeySelector<T, K> selector(Shape<T> shape, long keys) {
        return element -> of(Math.floorMod(shape.key(element), keys));
    }

    private static final class Longs extends KeyKind<Long> {
        private static final long serialVersionUID = 1L;

        @Override
        TypeInformation<Long> type() {
            return Types.LONG;
        }

        @Override
        Long of(long number) {
            return number;
        }

        @Override
        long number(Long key) {
            return key;
        }
    }

    private static final class Ints extends KeyKind<Integer> {
        private static final long serialVersionUID = 1L;

        @Override
        TypeInformation<Integer> type() {
            return Types.INT;
        }

        @Override
        Integer of(long number) {
            return (int) number;
        }

        @Override
        long number(Integer key) {
            return key;
        }
    }

    private static final class Strings extends KeyKind<String> {
        private static final long serialVersionUID = 1L;

        @Override
        TypeInformation<String> type() {
            return Types.STRING;
        }

        @Override
        String of(long number) {
            return "key " + number;
        }

        @Override
        long number(String key) {
            return Long.parseLong(key.substring(4));
        }
    }

    private static final class Pairs extends KeyKind<Tuple2<Integer, String>> {
        private static final long serialVersionUID = 1L;

        @Override
        TypeInformation<Tuple2<Integer, String>> type() {
            return Types.TUPLE(Types.INT, Types.STRING);
        }

        @Override
        Tuple2<Integer, String> of(long number) {
            return Tuple2.of((int) number, "k");
        }

        @Override
        long number(Tuple2<Integer, String> key) {
            return key.f0;
        }
    }
}
