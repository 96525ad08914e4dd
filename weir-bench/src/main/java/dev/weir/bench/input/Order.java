package dev.weir.bench.input;

/** A POJO as Flink knows it: public fields and a constructor without arguments. */
public final class Order {
    private static final String[] CUSTOMERS = {"ann", "berta", "carla", "dorothea", "elisabeth", "f", "gudrun", "hedwig"
    };

    /** Its number. */
    public long id;

    /** Who ordered. */
    public String customer = "";

    /** How many. */
    public int quantity;

    /** Of one. */
    public double price;

    /** For Flink. */
    public Order() {}

    /** The order at a position of an input. */
    public static Order at(Stream input, long i) {
        Order order = new Order();
        order.id = i;
        order.customer = CUSTOMERS[(int) (i & 7)];
        order.quantity = (int) input.value(i);
        order.price = order.quantity * 0.25;
        return order;
    }

    /** Of all fields. */
    public long hash() {
        return Hash.of(id, customer.length(), quantity) + Double.doubleToRawLongBits(price);
    }
}
