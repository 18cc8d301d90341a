"""Maps that ask no other host for anything: coordinates and categories into a page of Leaflet. The only Folium."""
