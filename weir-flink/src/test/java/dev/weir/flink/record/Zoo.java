package dev.weir.flink.record;

import dev.weir.flink.record.elsewhere.Distant;
import java.io.IOException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.Either;

/** Types with every property that has a say in how they are copied. Fields are read by reflection alone. */
@SuppressWarnings({"JavaUtilDate", "UnusedVariable"})
final class Zoo {
    private Zoo() {}

    /** Colours, one with a body of its own. */
    public enum Colour {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "green";
            }
        }
    }

    /** Private fields with getters and setters, transient ones, defaults. */
    public static class Bean {
        public static int created;
        private int number = 3;
        private String name = "default";
        private Long boxed = 9L;
        private Colour colour = Colour.RED;
        private transient String cached = "made";
        public transient int[] scratch = {1, 2};
        private Bean2 nested;

        public Bean() {
            cached += "!";
        }

        public int getNumber() {
            return number;
        }

        public void setNumber(int number) {
            this.number = number;
        }

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public Long getBoxed() {
            return boxed;
        }

        public void setBoxed(Long boxed) {
            this.boxed = boxed;
        }

        public Colour getColour() {
            return colour;
        }

        public void setColour(Colour colour) {
            this.colour = colour;
        }

        public Bean2 getNested() {
            return nested;
        }

        public void setNested(Bean2 nested) {
            this.nested = nested;
        }

        void cache(String value) {
            cached = value;
        }
    }

    /** Public fields of every primitive type and the mutable ones. */
    public static class Bean2 {
        public boolean bool;
        public byte tiny;
        public short small;
        public char letter;
        public int number;
        public long large;
        public float single;
        public double real;
        public Double boxed = 1.5;
        public Date date = new Date(5);
        public java.sql.Timestamp stamp;
        public BigDecimal decimal;
        public BigInteger integer;
        public Instant instant;
        public LocalDate day;
        public LocalDateTime time;
        public int[] ints;
        public String[] strings;
        public Bean3[] beans;
        public List<Bean3> list;
        public Map<String, Bean3> map;
        public Object anything;
        public Tuple2<String, int[]> tuple;
        public Point point;
        public Legacy legacy;
        public Either<String, Bean3> either;
    }

    /** Small. */
    public static class Bean3 {
        public String text;
        public List<String> items = new ArrayList<>();
    }

    /** Extends a bean. */
    public static class SubBean extends Bean {
        public double extra;
        public Bean3 more;
    }

    /** Another one, to be registered or not. */
    public static class OtherBean extends Bean {
        public List<Integer> extras;
    }

    /** A subclass Flink takes for no POJO. */
    public static class OpaqueBean extends Bean {
        private final List<String> closed = new ArrayList<>();

        public OpaqueBean() {}

        void add(String text) {
            closed.add(text);
        }
    }

    /** A superclass in another package. */
    public static class Near extends Distant {
        private short own;

        public short getOwn() {
            return own;
        }

        public void setOwn(short own) {
            this.own = own;
        }
    }

    /** Final fields, which Flink sets all the same. */
    public static class Fixed {
        public final List<String> items = new ArrayList<>();
        public final Integer number;
        public int plain;

        public Fixed() {
            this(1, List.of());
        }

        Fixed(Integer number, List<String> items) {
            this.number = number;
            this.items.addAll(items);
        }
    }

    /** Abstract: only subclasses occur. */
    public abstract static class Shape {
        public String label;
    }

    /** A shape. */
    public static class Circle extends Shape {
        public double radius;
    }

    /** A shape with a shape. */
    public static class Group extends Shape {
        public Shape first;
        public int[] sizes;
    }

    /** Generic. */
    public static class Box<T> {
        public T content;
        public List<T> spare;
    }

    /** A private constructor is enough for Flink's copy, though not for type extraction. */
    public record Point(int x, long y, String name) {
        public Point {
            name = name == null ? "origin" : name;
        }
    }

    /** Components out of alphabetical order, and mutable ones. */
    public record Trip(String vehicle, List<Integer> stops, double cost, Bean3 driver, boolean done) {}

    /** A tuple type of the user's. */
    @SuppressWarnings("unchecked")
    public static class Edge extends Tuple3<String, Long, int[]> {
        public Edge() {}

        public Edge(String from, Long to, int[] weights) {
            super(from, to, weights);
        }
    }

    /** Serialized by Kryo. */
    public static class Opaque {
        private final List<Object> items = new ArrayList<>();
        private transient int count;

        Opaque add(Object item) {
            items.add(item);
            count++;
            return this;
        }
    }

    /** Brings a serializer that drops one field and truncates another. */
    @TypeInfo(LegacyFactory.class)
    public static class Legacy {
        public String kept = "";
        public String dropped = "default";
    }

    /** Gives {@link Legacy} its type. */
    public static class LegacyFactory extends TypeInfoFactory<Legacy> {
        @Override
        public TypeInformation<Legacy> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new LegacyType();
        }
    }

    /** The type of {@link Legacy}. */
    static final class LegacyType extends TypeInformation<Legacy> {
        @Override
        public boolean isBasicType() {
            return false;
        }

        @Override
        public boolean isTupleType() {
            return false;
        }

        @Override
        public int getArity() {
            return 1;
        }

        @Override
        public int getTotalFields() {
            return 1;
        }

        @Override
        public Class<Legacy> getTypeClass() {
            return Legacy.class;
        }

        @Override
        public boolean isKeyType() {
            return false;
        }

        @Override
        public TypeSerializer<Legacy> createSerializer(SerializerConfig config) {
            return new LegacySerializer();
        }

        @Override
        public String toString() {
            return "Legacy";
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof LegacyType;
        }

        @Override
        public int hashCode() {
            return 1;
        }

        @Override
        public boolean canEqual(Object other) {
            return other instanceof LegacyType;
        }
    }

    /** Its copy is not what a round trip gives. */
    static final class LegacySerializer extends TypeSerializerSingleton<Legacy> {
        @Override
        public boolean isImmutableType() {
            return false;
        }

        @Override
        public Legacy createInstance() {
            return new Legacy();
        }

        @Override
        public Legacy copy(Legacy from) {
            Legacy to = new Legacy();
            to.kept = from.kept;
            to.dropped = from.dropped;
            return to;
        }

        @Override
        public Legacy copy(Legacy from, Legacy reuse) {
            return copy(from);
        }

        @Override
        public int getLength() {
            return -1;
        }

        @Override
        public void serialize(Legacy value, DataOutputView target) throws IOException {
            if (value.kept.equals("refused")) {
                throw new IOException("refused by the user's serializer");
            }
            target.writeUTF(value.kept.substring(0, Math.min(3, value.kept.length())));
        }

        @Override
        public Legacy deserialize(DataInputView source) throws IOException {
            Legacy to = new Legacy();
            to.kept = source.readUTF();
            return to;
        }

        @Override
        public Legacy deserialize(Legacy reuse, DataInputView source) throws IOException {
            return deserialize(source);
        }

        @Override
        public void copy(DataInputView source, DataOutputView target) throws IOException {
            target.writeUTF(source.readUTF());
        }

        @Override
        public TypeSerializerSnapshot<Legacy> snapshotConfiguration() {
            return new Snapshot();
        }

        /** Its snapshot. */
        public static final class Snapshot extends SimpleTypeSerializerSnapshot<Legacy> {
            public Snapshot() {
                super(LegacySerializer::new);
            }
        }
    }
}
