package dev.weir.flink.differential;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;

/** The type of a stream's elements: each has a key and a value, whatever it is. */
abstract class Shape<T> implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final long KEYS = 64;

    static final Shape<Long> LONG = new Longs();
    static final Shape<Tuple2<Long, Long>> TUPLE = new Tuples();
    static final Shape<String> STRING = new Strings();
    static final Shape<Item> ITEM = new Items();

    private final String name;

    private Shape(String name) {
        this.name = name;
    }

    static List<Shape<?>> all() {
        return List.of(LONG, TUPLE, STRING, ITEM);
    }

    abstract TypeInformation<T> type();

    abstract T of(long key, long value);

    abstract long key(T element);

    abstract long value(T element);

    /** The element with another value: the same object where the type can change, a new one where it cannot. */
    T changed(T element, long value) {
        return of(key(element), value);
    }

    @Override
    public String toString() {
        return name;
    }

    /** The key is what the value leaves. */
    private static final class Longs extends Shape<Long> {
        private static final long serialVersionUID = 1L;

        Longs() {
            super("long");
        }

        @Override
        TypeInformation<Long> type() {
            return Types.LONG;
        }

        @Override
        Long of(long key, long value) {
            return (value << 6) + Math.floorMod(key, KEYS);
        }

        @Override
        long key(Long element) {
            return Math.floorMod(element, KEYS);
        }

        @Override
        long value(Long element) {
            return element >> 6;
        }
    }

    private static final class Tuples extends Shape<Tuple2<Long, Long>> {
        private static final long serialVersionUID = 1L;

        Tuples() {
            super("tuple");
        }

        @Override
        TypeInformation<Tuple2<Long, Long>> type() {
            return Types.TUPLE(Types.LONG, Types.LONG);
        }

        @Override
        Tuple2<Long, Long> of(long key, long value) {
            return Tuple2.of(key, value);
        }

        @Override
        long key(Tuple2<Long, Long> element) {
            return element.f0;
        }

        @Override
        long value(Tuple2<Long, Long> element) {
            return element.f1;
        }

        @Override
        Tuple2<Long, Long> changed(Tuple2<Long, Long> element, long value) {
            element.f1 = value;
            return element;
        }
    }

    private static final class Strings extends Shape<String> {
        private static final long serialVersionUID = 1L;

        Strings() {
            super("string");
        }

        @Override
        TypeInformation<String> type() {
            return Types.STRING;
        }

        @Override
        String of(long key, long value) {
            return key + ":" + value;
        }

        @Override
        long key(String element) {
            return Long.parseLong(element.substring(0, element.indexOf(':')));
        }

        @Override
        long value(String element) {
            return Long.parseLong(element.substring(element.indexOf(':') + 1));
        }
    }

    private static final class Items extends Shape<Item> {
        private static final long serialVersionUID = 1L;

        Items() {
            super("item");
        }

        @Override
        TypeInformation<Item> type() {
            return Types.POJO(Item.class);
        }

        @Override
        Item of(long key, long value) {
            return new Item(key, value, "");
        }

        @Override
        long key(Item element) {
            return element.key;
        }

        @Override
        long value(Item element) {
            return element.value;
        }

        @Override
        Item changed(Item element, long value) {
            element.value = value;
            element.note += "'";
            return element;
        }
    }
}
