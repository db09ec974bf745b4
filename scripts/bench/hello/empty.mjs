// A Worker that does nothing: what workerd alone takes to start.
export default {
  fetch() {
    return new Response('ok');
  },
};
